"""`python -m labelvc` is the program `labelvc`."""

import sys

from labelvc.cli.main import main

sys.exit(main())
