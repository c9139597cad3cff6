ALTER TABLE "Authority" ADD COLUMN "successorId" TEXT;
ALTER TABLE "Authority" ADD COLUMN "renewal" TEXT NOT NULL DEFAULT 'AUTOMATIC';

CREATE TABLE "CrossCertificate" (
    "issuerId" TEXT NOT NULL,
    "serial" BLOB NOT NULL,
    "subjectId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,

    PRIMARY KEY ("issuerId", "serial")
);
CREATE INDEX "CrossCertificate_subjectId_idx" ON "CrossCertificate"("subjectId");

CREATE TABLE "Rotation" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "authorityId" TEXT NOT NULL,
    "successorId" TEXT NOT NULL,
    "step" TEXT,
    "request" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL,
    "endedAt" DATETIME,
    "outcome" TEXT
);
CREATE INDEX "Rotation_authorityId_idx" ON "Rotation"("authorityId");
CREATE UNIQUE INDEX "Rotation_running_key" ON "Rotation"("authorityId") WHERE endedAt IS NULL;

CREATE TABLE "Replacement" (
    "issuerId" TEXT NOT NULL,
    "serial" BLOB NOT NULL,
    "newIssuerId" TEXT NOT NULL,
    "newSerial" BLOB NOT NULL,
    "rotationId" TEXT NOT NULL,
    "authorityId" TEXT,

    PRIMARY KEY ("issuerId", "serial")
);
CREATE INDEX "Replacement_rotationId_idx" ON "Replacement"("rotationId");
