import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded: more threads only spin on small matrices

import pytest
from remembered import remember

from fte_agent.offline.embedder import OfflineEmbedder, shared_embedder


@pytest.fixture(scope="session")
def embedder() -> OfflineEmbedder:
    """The real offline embedder; one per test process, as loading it takes 0.1 s and 105 MB."""
    return remember(shared_embedder())
