import pytest

from fte_agent.offline.embedder import OfflineEmbedder, shared_embedder


@pytest.fixture(scope="session")
def embedder() -> OfflineEmbedder:
    """The real offline embedder; one per test process, as loading it takes 0.1 s and 105 MB."""
    return shared_embedder()
