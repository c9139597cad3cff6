CREATE TABLE "ResourceShare" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "external" BOOLEAN NOT NULL,
    "permission" TEXT NOT NULL,
    "permissionVersion" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL
);
CREATE INDEX "ResourceShare_accountId_region_id_idx" ON "ResourceShare"("accountId", "region", "id");
CREATE INDEX "ResourceShare_permission_idx" ON "ResourceShare"("permission");

CREATE TABLE "SharedAuthority" (
    "shareId" TEXT NOT NULL,
    "authorityId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,

    PRIMARY KEY ("shareId", "authorityId")
);
CREATE INDEX "SharedAuthority_authorityId_idx" ON "SharedAuthority"("authorityId");

CREATE TABLE "SharePrincipal" (
    "shareId" TEXT NOT NULL,
    "principal" TEXT NOT NULL,
    "accountId" TEXT,
    "organizationId" TEXT,
    "createdAt" DATETIME NOT NULL,

    PRIMARY KEY ("shareId", "principal")
);
CREATE INDEX "SharePrincipal_accountId_idx" ON "SharePrincipal"("accountId");
CREATE INDEX "SharePrincipal_organizationId_idx" ON "SharePrincipal"("organizationId");

CREATE TABLE "ShareInvitation" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "shareId" TEXT NOT NULL,
    "shareName" TEXT NOT NULL,
    "senderId" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "decidedAt" DATETIME
);
CREATE INDEX "ShareInvitation_accountId_region_id_idx" ON "ShareInvitation"("accountId", "region", "id");
CREATE UNIQUE INDEX "ShareInvitation_open_key" ON "ShareInvitation"("shareId", "accountId") WHERE status IN ('PENDING', 'ACCEPTED');

CREATE TABLE "SharePermission" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "defaultVersion" INTEGER NOT NULL,
    "lastVersion" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "SharePermission_accountId_region_name_key" ON "SharePermission"("accountId", "region", "name");

CREATE TABLE "SharePermissionVersion" (
    "permissionId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "actions" TEXT NOT NULL,
    "templates" TEXT,
    "createdAt" DATETIME NOT NULL,

    PRIMARY KEY ("permissionId", "version")
);

CREATE TABLE "AuthorityPolicy" (
    "authorityId" TEXT NOT NULL PRIMARY KEY,
    "policy" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL
);

ALTER TABLE "Authority" ADD COLUMN "servicePermission" TEXT DEFAULT '{"actions":["IssueCertificate","GetCertificate","ListPermissions"]}';

ALTER TABLE "Certificate" ADD COLUMN "lenderId" TEXT;
CREATE INDEX "Certificate_lent_idx" ON "Certificate"("authorityId", "id") WHERE lenderId IS NOT NULL;
