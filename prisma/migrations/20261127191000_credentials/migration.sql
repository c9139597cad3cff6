-- CreateTable
CREATE TABLE "IdentityProvider" (
    "accountId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "audiences" TEXT NOT NULL,
    "algorithms" TEXT NOT NULL,
    "keysUrl" TEXT,
    "keySet" TEXT,
    "rules" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL,

    PRIMARY KEY ("accountId", "name")
);

-- CreateTable
CREATE TABLE "CertificateMapping" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "authorityId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "IdentityProvider_accountId_issuer_key" ON "IdentityProvider"("accountId", "issuer");

-- CreateIndex
CREATE UNIQUE INDEX "CertificateMapping_authorityId_kind_value_role_key" ON "CertificateMapping"("authorityId", "kind", "value", "role");

-- CreateIndex
CREATE INDEX "CertificateMapping_accountId_region_id_idx" ON "CertificateMapping"("accountId", "region", "id");
