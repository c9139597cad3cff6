-- CRLs of several scopes and kinds, whose entries lie in segments.
CREATE TABLE "PublishedCrl" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "authorityId" TEXT NOT NULL,
    "shard" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "number" BIGINT NOT NULL,
    "base" BIGINT,
    "thisUpdate" DATETIME NOT NULL,
    "nextUpdate" DATETIME NOT NULL,
    "length" INTEGER NOT NULL,
    "entries" INTEGER NOT NULL,
    "through" INTEGER NOT NULL,
    "withdrawnThrough" INTEGER NOT NULL,
    "head" BLOB NOT NULL,
    "tail" BLOB NOT NULL,
    "publishedAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "PublishedCrl_authorityId_shard_kind_number_key"
  ON "PublishedCrl"("authorityId", "shard", "kind", "number");

CREATE TABLE "CrlSegment" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "authorityId" TEXT NOT NULL,
    "shard" INTEGER NOT NULL,
    "since" BIGINT NOT NULL,
    "until" BIGINT,
    "published" BOOLEAN NOT NULL,
    "first" INTEGER NOT NULL,
    "last" INTEGER NOT NULL,
    "count" INTEGER NOT NULL,
    "length" INTEGER NOT NULL,
    "endsFirst" DATETIME NOT NULL
);
CREATE INDEX "CrlSegment_authorityId_shard_first_idx" ON "CrlSegment"("authorityId", "shard", "first");

CREATE TABLE "CrlSegmentOctets" (
    "segmentId" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "octets" BLOB NOT NULL,
    "sha256" BLOB NOT NULL
);

-- As they are: the last one of an authority whose key was destroyed can't be made again.
INSERT INTO "PublishedCrl" ("authorityId", "shard", "kind", "number", "thisUpdate", "nextUpdate", "length", "entries",
    "through", "withdrawnThrough", "head", "tail", "publishedAt")
  SELECT "authorityId", 0, 'complete', "number", "thisUpdate", "nextUpdate", length("der"), 0, "through", 0, "der", x'',
    "thisUpdate" FROM "Crl" ORDER BY "number";
DROP TABLE "Crl";
