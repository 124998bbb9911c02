"""The tables of ``cache.db``, as the list of migrations that lead to them.

A migration, once released, is never changed: a new one is added. ``PRAGMA user_version`` counts those applied.
Columns of a primary key come first: SQLite before 3.42 finds false NULLs in its integrity check otherwise.
Rows are about files, never instead of them: whoever reads a row checks that the file is there.
"""

from __future__ import annotations

APPLICATION_ID = 0x4A455453
"""``JETS`` in the header of the file: tells our database from any other."""

_TABLES = """
CREATE TABLE images (
    image_id TEXT PRIMARY KEY,
    created TEXT,
    stored_at REAL NOT NULL,
    manifest TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE image_layers (
    image_id TEXT NOT NULL REFERENCES images ON DELETE CASCADE,
    position INTEGER NOT NULL,
    diff_id TEXT NOT NULL,
    PRIMARY KEY (image_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE image_sources (
    repository TEXT NOT NULL,
    digest TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES images ON DELETE CASCADE,
    PRIMARY KEY (repository, digest, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_sources_by_image ON image_sources (image_id);

CREATE TABLE tags (
    repository TEXT NOT NULL,
    tag TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES images ON DELETE CASCADE,
    PRIMARY KEY (repository, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_image ON tags (image_id);

CREATE TABLE layers (
    diff_id TEXT PRIMARY KEY,
    size_bytes INTEGER,
    tree_bytes INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE encodings (
    diff_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    codec TEXT NOT NULL,
    level INTEGER,
    PRIMARY KEY (diff_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX encodings_by_digest ON encodings (digest);

CREATE TABLE cache_records (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    step TEXT NOT NULL,
    payload TEXT NOT NULL,
    created_at REAL NOT NULL,
    last_used_at REAL NOT NULL,
    duration_seconds REAL NOT NULL
) STRICT;
CREATE INDEX cache_records_by_step ON cache_records (step, created_at);

CREATE TABLE cache_aliases (
    key TEXT PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES cache_records ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX cache_aliases_by_record ON cache_aliases (record);

CREATE VIEW cache_lookup (lookup_key, record, key, kind, name, step, payload, created_at, last_used_at,
                          duration_seconds) AS
    SELECT key, id, key, kind, name, step, payload, created_at, last_used_at, duration_seconds FROM cache_records
    UNION ALL
    SELECT cache_aliases.key, id, cache_records.key, kind, name, step, payload, created_at, last_used_at,
           duration_seconds
    FROM cache_aliases JOIN cache_records ON id = record;

CREATE TABLE cache_holds (
    record INTEGER NOT NULL REFERENCES cache_records ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('layer', 'blob')),
    position INTEGER NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (record, kind, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE cache_components (
    record INTEGER PRIMARY KEY REFERENCES cache_records ON DELETE CASCADE,
    document BLOB NOT NULL
) STRICT;

CREATE TABLE contexts (
    root BLOB PRIMARY KEY,
    last_used_at REAL NOT NULL,
    digests BLOB NOT NULL
) STRICT;

CREATE TABLE leases (
    session TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('layer', 'blob', 'image')),
    digest TEXT NOT NULL,
    PRIMARY KEY (session, number, kind, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE mounts (
    key TEXT NOT NULL,
    slot INTEGER NOT NULL,
    id TEXT NOT NULL,
    last_used_at REAL NOT NULL,
    PRIMARY KEY (key, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE containers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    image_id TEXT NOT NULL,
    image_name TEXT NOT NULL,
    command TEXT NOT NULL,
    created_at REAL NOT NULL,
    auto_remove INTEGER NOT NULL,
    pid INTEGER,
    started_at REAL,
    finished_at REAL,
    exit_code INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE container_layers (
    container_id TEXT NOT NULL REFERENCES containers ON DELETE CASCADE,
    diff_id TEXT NOT NULL,
    PRIMARY KEY (container_id, diff_id)
) STRICT, WITHOUT ROWID;
"""

_PLATFORMS = """
CREATE TABLE tag_platforms (
    repository TEXT NOT NULL,
    tag TEXT NOT NULL,
    platform TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES images ON DELETE CASCADE,
    PRIMARY KEY (repository, tag, platform),
    FOREIGN KEY (repository, tag) REFERENCES tags ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_platforms_by_image ON tag_platforms (image_id);
"""
"""The images that a tag stands for beside the one in ``tags``, which is meant where no platform is named."""

_BUILDS = """
CREATE TABLE image_builds (
    image_id TEXT PRIMARY KEY REFERENCES images ON DELETE CASCADE,
    record BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""
"""How an image was built, for those that were built here."""

_BLOCKS = """
ALTER TABLE encodings ADD COLUMN blocks BLOB;
"""
"""The lengths of the blocks that a layer was compressed in, four bytes each, where it was compressed here."""

_PROVENANCES = """
CREATE TABLE image_provenances (
    image_id TEXT PRIMARY KEY REFERENCES images ON DELETE CASCADE,
    statement BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""
"""What lay beside an image where it was pulled or loaded from, and says how it was built; by zlib."""

_ANCESTORS = """
CREATE TABLE told_builds (
    image_id TEXT PRIMARY KEY,
    record BLOB,
    statement BLOB
) STRICT, WITHOUT ROWID;
INSERT INTO told_builds (image_id, record, statement)
    SELECT image_id, record, statement FROM image_builds LEFT JOIN image_provenances USING (image_id)
    UNION ALL
    SELECT image_id, NULL, statement FROM image_provenances WHERE image_id NOT IN (SELECT image_id FROM image_builds);
DROP TABLE image_builds;
DROP TABLE image_provenances;

CREATE TABLE image_ancestors (
    image_id TEXT NOT NULL REFERENCES images ON DELETE CASCADE,
    ancestor TEXT NOT NULL,
    PRIMARY KEY (image_id, ancestor)
) STRICT, WITHOUT ROWID;
"""
"""How images were built: by the record of the build, and by the statement that came with the image, by zlib. Such a row
stays as long as an image of the store is that one, or was built from it: then it is among its ancestors."""

_COMPANIONS = """
CREATE TABLE image_companions (
    image_id TEXT NOT NULL REFERENCES images ON DELETE CASCADE,
    about TEXT NOT NULL,
    position INTEGER NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('index', 'attestation', 'part')),
    digest TEXT NOT NULL,
    descriptor TEXT NOT NULL,
    PRIMARY KEY (image_id, about, position)
) STRICT, WITHOUT ROWID;
"""
"""What came with an image, by the digest of its manifest: the index, attestation manifests, and their blobs."""

MIGRATIONS: tuple[str, ...] = (_TABLES, _PLATFORMS, _BUILDS, _BLOCKS, _PROVENANCES, _ANCESTORS, _COMPANIONS)
