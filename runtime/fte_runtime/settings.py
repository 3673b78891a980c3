"""What a process sets in its own environment, before any library reads it. The only place here that may.

A worker runs turns side by side, so each uses one thread for its mathematics: OpenBLAS's own threads
spin while they wait for a core, and made embeddings ten times dearer on a busy machine.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
