-- CreateTable
CREATE TABLE "ManagedCertificate" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "failure" TEXT,
    "failureDetail" TEXT,
    "domainName" TEXT NOT NULL,
    "names" TEXT NOT NULL,
    "keyAlgorithm" TEXT NOT NULL,
    "authorityId" TEXT,
    "profile" TEXT NOT NULL,
    "days" INTEGER,
    "validationMethod" TEXT,
    "renewalKey" TEXT NOT NULL,
    "exportable" BOOLEAN NOT NULL,
    "tags" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "validateUntil" DATETIME,
    "dueAt" DATETIME,
    "attempts" INTEGER NOT NULL,
    "renewalStatus" TEXT,
    "renewalReason" TEXT,
    "renewalUpdatedAt" DATETIME,
    "currentVersion" INTEGER,
    "exportedVersion" INTEGER
);

-- CreateTable
CREATE TABLE "ManagedVersion" (
    "managedId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "authorityId" TEXT,
    "serial" BLOB NOT NULL,
    "keyId" TEXT NOT NULL,
    "notBefore" DATETIME NOT NULL,
    "notAfter" DATETIME NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "der" BLOB,
    "chain" BLOB,

    PRIMARY KEY ("managedId", "number")
);

-- CreateTable
CREATE TABLE "Association" (
    "managedId" TEXT NOT NULL,
    "resourceArn" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,

    PRIMARY KEY ("managedId", "resourceArn")
);

-- CreateTable
CREATE TABLE "DomainValidation" (
    "managedId" TEXT NOT NULL,
    "domain" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "validationDomain" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "reason" TEXT,
    "validatedAt" DATETIME,
    "checkedAt" DATETIME,

    PRIMARY KEY ("managedId", "domain")
);

-- CreateTable
CREATE TABLE "ValidationEvidence" (
    "managedId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "domain" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "verdict" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "items" TEXT NOT NULL,

    PRIMARY KEY ("managedId", "version", "domain", "kind")
);

-- CreateIndex
CREATE INDEX "ManagedCertificate_accountId_region_id_idx" ON "ManagedCertificate"("accountId", "region", "id");

-- CreateIndex
CREATE INDEX "ManagedCertificate_accountId_region_domainName_idx" ON "ManagedCertificate"("accountId", "region", "domainName");

-- CreateIndex
CREATE INDEX "ManagedCertificate_due_idx" ON "ManagedCertificate"("dueAt") WHERE dueAt IS NOT NULL;

-- CreateIndex
CREATE INDEX "ManagedVersion_serial_idx" ON "ManagedVersion"("serial");
