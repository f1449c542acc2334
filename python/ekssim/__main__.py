"""`python -m ekssim`: the same as the installed program."""

import sys

from ekssim.cli import main

sys.exit(main())
