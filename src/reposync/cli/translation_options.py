"""Options that ``import`` and ``export`` share."""

from __future__ import annotations

import click

output = click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="FILE",
    help="Write there instead of to standard output.",
)
force = click.option("--force", is_flag=True, help="Overwrite an existing file.")
allow_loss = click.option(
    "--allow-loss", is_flag=True, help="Leave entries out that cannot be kept."
)
strict = click.option("--strict", is_flag=True, help="Write nothing if anything is not kept.")
