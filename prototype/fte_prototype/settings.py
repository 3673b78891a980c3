"""What a process sets in its own environment, before any library reads it. The only place here that may.

OpenBLAS's own threads spin while they wait for a core; one thread makes the employee ready ten times sooner
on a busy machine.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
