CREATE TABLE "Organization" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "managementAccountId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);

ALTER TABLE "Account" ADD COLUMN "organizationId" TEXT;
ALTER TABLE "Account" ADD COLUMN "joinedAt" DATETIME;
CREATE INDEX "Account_organization_idx" ON "Account"("organizationId") WHERE organizationId IS NOT NULL;

CREATE TABLE "User" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "boundary" TEXT,
    "tags" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "User_accountId_name_key" ON "User"("accountId", "name");

CREATE TABLE "UserGroup" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "UserGroup_accountId_name_key" ON "UserGroup"("accountId", "name");

CREATE TABLE "GroupMember" (
    "userId" TEXT NOT NULL,
    "groupId" TEXT NOT NULL,

    PRIMARY KEY ("userId", "groupId")
);
CREATE INDEX "GroupMember_groupId_idx" ON "GroupMember"("groupId");

CREATE TABLE "Role" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "trust" TEXT NOT NULL,
    "maxSessionSeconds" INTEGER NOT NULL,
    "boundary" TEXT,
    "tags" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "Role_accountId_name_key" ON "Role"("accountId", "name");

CREATE TABLE "ManagedPolicy" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "defaultVersion" INTEGER NOT NULL,
    "latestVersion" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "ManagedPolicy_accountId_name_key" ON "ManagedPolicy"("accountId", "name");

CREATE TABLE "PolicyVersion" (
    "policyId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "document" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,

    PRIMARY KEY ("policyId", "number")
);

CREATE TABLE "PolicyAttachment" (
    "holderId" TEXT NOT NULL,
    "policyId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,

    PRIMARY KEY ("holderId", "policyId")
);
CREATE INDEX "PolicyAttachment_policyId_idx" ON "PolicyAttachment"("policyId");

CREATE TABLE "AccessKey" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "userId" TEXT,
    "roleId" TEXT,
    "sessionName" TEXT,
    "secretId" TEXT NOT NULL,
    "tokenHash" BLOB,
    "sessionPolicies" TEXT,
    "sessionFacts" TEXT,
    "status" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME,
    "lastUsedAt" DATETIME,
    "lastUsedService" TEXT,
    "lastUsedRegion" TEXT
);
CREATE INDEX "AccessKey_accountId_id_idx" ON "AccessKey"("accountId", "id");
CREATE INDEX "AccessKey_user_idx" ON "AccessKey"("userId") WHERE userId IS NOT NULL;
CREATE INDEX "AccessKey_role_idx" ON "AccessKey"("roleId") WHERE roleId IS NOT NULL;
CREATE INDEX "AccessKey_expiry_idx" ON "AccessKey"("expiresAt") WHERE expiresAt IS NOT NULL;

ALTER TABLE "Token" ADD COLUMN "userId" TEXT;
ALTER TABLE "Token" ADD COLUMN "roleId" TEXT;
ALTER TABLE "Token" ADD COLUMN "sessionName" TEXT;
ALTER TABLE "Token" ADD COLUMN "scope" TEXT;
ALTER TABLE "Token" ADD COLUMN "previousHash" BLOB;
ALTER TABLE "Token" ADD COLUMN "previousUntil" DATETIME;
ALTER TABLE "Token" ADD COLUMN "rotatedAt" DATETIME;
CREATE UNIQUE INDEX "Token_previousHash_key" ON "Token"("previousHash");
CREATE INDEX "Token_user_idx" ON "Token"("userId") WHERE userId IS NOT NULL;
CREATE INDEX "Token_role_idx" ON "Token"("roleId") WHERE roleId IS NOT NULL;
