"""Options that ``import`` and ``export`` share."""

from __future__ import annotations

import click

output = click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="FILE",
    help="Write to this file, not to standard output.",
)
force = click.option("--force", is_flag=True, help="Overwrite an existing file.")
allow_loss = click.option(
    "--allow-loss", is_flag=True, help="Omit entries that cannot be translated."
)
strict = click.option("--strict", is_flag=True, help="Write nothing if anything is not translated.")
