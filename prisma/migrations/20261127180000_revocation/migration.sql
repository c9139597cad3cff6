-- How an authority tells of what it revoked: what was days of its CRL's life becomes part of a configuration.
ALTER TABLE "Authority" ADD COLUMN "revocation" TEXT NOT NULL DEFAULT '{}';
ALTER TABLE "Authority" ADD COLUMN "completeCrlUntil" DATETIME;
UPDATE "Authority" SET "revocation" = json_object(
  'crl', json_object(
    'enabled', json('true'), 'kind', 'COMPLETE', 'hours', "crlDays" * 24,
    'omitExtension', json(CASE "usageMode" WHEN 'SHORT_LIVED_CERTIFICATE' THEN 'true' ELSE 'false' END)),
  'ocsp', json_object(
    'enabled', json(CASE "usageMode" WHEN 'SHORT_LIVED_CERTIFICATE' THEN 'false' ELSE 'true' END),
    'hours', 24),
  'caIssuers', json('true'));
ALTER TABLE "Authority" DROP COLUMN "crlDays";

-- Shards: certificates that share a CRL.
ALTER TABLE "Certificate" ADD COLUMN "shard" INTEGER;
CREATE INDEX "Certificate_shard_idx" ON "Certificate"("shard", "notAfter") WHERE shard IS NOT NULL;
ALTER TABLE "Revocation" ADD COLUMN "shard" INTEGER;
CREATE INDEX "Revocation_shard_idx" ON "Revocation"("shard") WHERE shard IS NOT NULL;

CREATE TABLE "WithdrawnRevocation" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "authorityId" TEXT NOT NULL,
    "shard" INTEGER,
    "serial" BLOB NOT NULL,
    "sequence" INTEGER NOT NULL,
    "withdrawnAt" DATETIME NOT NULL,
    "notAfter" DATETIME NOT NULL
);
CREATE INDEX "WithdrawnRevocation_authorityId_idx" ON "WithdrawnRevocation"("authorityId");
CREATE INDEX "WithdrawnRevocation_shard_idx" ON "WithdrawnRevocation"("shard") WHERE shard IS NOT NULL;

CREATE TABLE "CrlShard" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "authorityId" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "closedAt" DATETIME,
    "crlNumber" BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX "CrlShard_name_key" ON "CrlShard"("name");
CREATE INDEX "CrlShard_authorityId_idx" ON "CrlShard"("authorityId");
CREATE UNIQUE INDEX "CrlShard_open_key" ON "CrlShard"("authorityId") WHERE closedAt IS NULL;
