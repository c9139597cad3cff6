ALTER TABLE "ManagedCertificate" ADD COLUMN "managedBy" TEXT;
CREATE INDEX "ManagedCertificate_accountId_region_keyAlgorithm_id_idx" ON "ManagedCertificate"("accountId", "region", "keyAlgorithm", "id");

ALTER TABLE "ManagedVersion" ADD COLUMN "commonName" TEXT;
ALTER TABLE "ManagedVersion" ADD COLUMN "keyUsages" TEXT;
ALTER TABLE "ManagedVersion" ADD COLUMN "extendedKeyUsages" TEXT;
CREATE INDEX "ManagedVersion_unread_idx" ON "ManagedVersion"("managedId") WHERE keyUsages IS NULL;

CREATE TABLE "MethodChange" (
    "managedId" TEXT NOT NULL PRIMARY KEY,
    "fromMethod" TEXT NOT NULL,
    "toMethod" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "names" TEXT NOT NULL,
    "requestedAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL,
    "until" DATETIME NOT NULL,
    "dueAt" DATETIME,
    "attempts" INTEGER NOT NULL
);
CREATE INDEX "MethodChange_due_idx" ON "MethodChange"("dueAt") WHERE dueAt IS NOT NULL;

CREATE TABLE "ManagedSettings" (
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "daysBeforeExpiry" INTEGER NOT NULL,
    "updatedAt" DATETIME NOT NULL,

    PRIMARY KEY ("accountId", "region")
);
