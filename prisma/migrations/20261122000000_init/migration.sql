-- CreateTable
CREATE TABLE "Setting" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "Generation" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "value" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "Account" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "Token" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "installation" BOOLEAN NOT NULL,
    "hash" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME,
    "revokedAt" DATETIME
);

-- CreateTable
CREATE TABLE "Key" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "spki" BLOB NOT NULL,
    "provider" TEXT NOT NULL,
    "kekId" TEXT NOT NULL,
    "kekVersion" INTEGER NOT NULL,
    "sealed" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "Authority" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "parentId" TEXT,
    "status" TEXT NOT NULL,
    "keyId" TEXT NOT NULL,
    "keyAlgorithm" TEXT NOT NULL,
    "signatureAlgorithm" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "pathLength" INTEGER,
    "nameConstraints" TEXT,
    "crlDays" INTEGER NOT NULL,
    "crlNumber" BIGINT NOT NULL DEFAULT 0,
    "isDefault" BOOLEAN NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "certificateDer" BLOB,
    "certificateSerial" BLOB,
    "notBefore" DATETIME,
    "notAfter" DATETIME
);

-- CreateTable
CREATE TABLE "Certificate" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "authorityId" TEXT NOT NULL,
    "serial" BLOB NOT NULL,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "state" INTEGER NOT NULL,
    "der" BLOB NOT NULL,
    "lease" TEXT,
    "notBefore" DATETIME NOT NULL,
    "notAfter" DATETIME NOT NULL,
    "issuedAt" DATETIME NOT NULL,
    "keyId" TEXT,
    "profile" TEXT NOT NULL,
    "warnings" TEXT
);

-- CreateTable
-- By hand: the key is the whole row, so a table beside its index would hold everything twice.
CREATE TABLE "CertificateName" (
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "certificateId" INTEGER NOT NULL,

    PRIMARY KEY ("accountId", "region", "name", "certificateId")
) WITHOUT ROWID;

-- CreateTable
CREATE TABLE "Revocation" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "certificateId" INTEGER NOT NULL,
    "authorityId" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "serial" BLOB NOT NULL,
    "reason" INTEGER NOT NULL,
    "revokedAt" DATETIME NOT NULL,
    "notAfter" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "Crl" (
    "authorityId" TEXT NOT NULL,
    "number" BIGINT NOT NULL,
    "thisUpdate" DATETIME NOT NULL,
    "nextUpdate" DATETIME NOT NULL,
    "der" BLOB NOT NULL,
    "through" INTEGER NOT NULL,

    PRIMARY KEY ("authorityId", "number")
);

-- CreateTable
CREATE TABLE "Idempotency" (
    "scope" BLOB NOT NULL PRIMARY KEY,
    "request" BLOB NOT NULL,
    "resource" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "AuditEvent" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "time" DATETIME NOT NULL,
    "name" TEXT NOT NULL,
    "record" TEXT NOT NULL,
    "hash" BLOB NOT NULL
);

-- CreateTable
CREATE TABLE "Lease" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "owner" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "Token_hash_key" ON "Token"("hash");

-- CreateIndex
CREATE INDEX "Token_accountId_id_idx" ON "Token"("accountId", "id");

-- CreateIndex
CREATE INDEX "Key_kekId_kekVersion_idx" ON "Key"("kekId", "kekVersion");

-- CreateIndex
CREATE INDEX "Authority_accountId_region_id_idx" ON "Authority"("accountId", "region", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Authority_accountId_region_name_key" ON "Authority"("accountId", "region", "name");

-- CreateIndex
CREATE INDEX "Certificate_authorityId_idx" ON "Certificate"("authorityId");

-- CreateIndex
CREATE INDEX "Certificate_accountId_region_idx" ON "Certificate"("accountId", "region");

-- CreateIndex
CREATE INDEX "Certificate_accountId_region_notAfter_idx" ON "Certificate"("accountId", "region", "notAfter");

-- CreateIndex
CREATE INDEX "Certificate_signing_idx" ON "Certificate"("state") WHERE state = 0;

-- CreateIndex
CREATE UNIQUE INDEX "Certificate_serial_authorityId_key" ON "Certificate"("serial", "authorityId");

-- CreateIndex
CREATE UNIQUE INDEX "Revocation_certificateId_key" ON "Revocation"("certificateId");

-- CreateIndex
CREATE INDEX "Revocation_authorityId_idx" ON "Revocation"("authorityId");

-- CreateIndex
CREATE INDEX "Revocation_accountId_region_idx" ON "Revocation"("accountId", "region");

-- CreateIndex
CREATE INDEX "Idempotency_createdAt_idx" ON "Idempotency"("createdAt");

-- The one row that every cache compares itself with.
INSERT INTO "Generation" ("id", "value") VALUES (1, 0);
