"""``python -m reposync``: the same as ``run-reposync``."""

from __future__ import annotations

from reposync.cli.main import main

if __name__ == "__main__":
    main()
