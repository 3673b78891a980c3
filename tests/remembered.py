"""What the Offline embedder makes of a text, remembered from run to run in ``$FTE_CACHE/embeddings``.

The sample tickets alone have 2,300 texts, and embedding them is nine tenths of what playing them takes. Kept by a
digest of all that makes an embedding: weights, vocabulary, the code of network, tokenizer and embedder, NumPy's
version. The embedder's own tests do without.
"""

import hashlib
import inspect
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fte_agent.offline import embedder as code
from fte_agent.offline import minilm, wordpiece
from fte_agent.offline.embedder import OfflineEmbedder, Reading

FOLDER = Path(os.environ.get("FTE_CACHE", Path.home() / ".cache/digital-fte")) / "embeddings"
MOST = 20_000
"""Texts kept, of 25 KB usually; more are made anew each time."""

FILES = 3
"""Digests kept, the latest: checkouts of other code stand side by side."""

Made = dict[str, tuple[NDArray[np.float32], Reading]]


class Memory:
    """Embeddings by text, in one SQLite file that any number of threads and processes may use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as rows:
            rows.execute("CREATE TABLE IF NOT EXISTS made (text TEXT PRIMARY KEY, vector BLOB, ids BLOB, states BLOB)")

    def _open(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self._path, timeout=60))

    def recall(self, texts: Sequence[str]) -> Made:
        """What is known of ``texts``."""
        with self._open() as rows:
            ask = "SELECT vector, ids, states FROM made WHERE text = ?"
            found = [(text, rows.execute(ask, [_key(text)]).fetchone()) for text in texts]
        return {text: _read(*row) for text, row in found if row is not None}

    def keep(self, made: Made) -> None:
        """Remember more, while there is room."""
        new = [(_key(text), v.tobytes(), r.ids.tobytes(), r.states.tobytes()) for text, (v, r) in made.items()]
        with self._open() as rows, rows:
            (count,) = rows.execute("SELECT count(*) FROM made").fetchone()
            if count + len(new) <= MOST:
                rows.executemany("INSERT OR REPLACE INTO made VALUES (?, ?, ?, ?)", new)


def remember(embedder: OfflineEmbedder, folder: Path = FOLDER) -> OfflineEmbedder:
    """``embedder``, which from now on makes only what nobody made before it."""
    if "_make" not in vars(embedder):
        folder.mkdir(parents=True, exist_ok=True)
        memory = Memory(folder / f"{_digest(embedder)}.sqlite")
        for stale in sorted(folder.glob("*.sqlite"), key=lambda path: path.stat().st_mtime)[:-FILES]:
            stale.unlink(missing_ok=True)
        embedder._make = _remembering(memory, embedder._make)  # type: ignore[method-assign]
    return embedder


def _remembering(memory: Memory, make: Callable[[Sequence[str]], Made]) -> Callable[[Sequence[str]], Made]:
    def made(texts: Sequence[str]) -> Made:
        known = memory.recall(texts)
        if new := [text for text in texts if text not in known]:
            fresh = make(new)
            memory.keep(fresh)
            known |= fresh
        return known

    return made


def _digest(embedder: OfflineEmbedder) -> str:
    parts = [embedder.identity, np.__version__, *map(inspect.getsource, (code, minilm, wordpiece))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read(vector: bytes, ids: bytes, states: bytes) -> tuple[NDArray[np.float32], Reading]:
    told = np.frombuffer(states, np.float16).reshape(-1, OfflineEmbedder.dimensions)
    return np.frombuffer(vector, np.float32), Reading(np.frombuffer(ids, np.int64), told)
