CREATE TABLE "EmailApproval" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hash" BLOB NOT NULL,
    "managedId" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "domain" TEXT NOT NULL,
    "validationDomain" TEXT NOT NULL,
    "mailbox" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "delivery" TEXT NOT NULL,
    "via" TEXT,
    "response" TEXT,
    "attempts" INTEGER NOT NULL,
    "dueAt" DATETIME,
    "replacedAt" DATETIME,
    "decision" TEXT,
    "decidedAt" DATETIME,
    "decidedFrom" TEXT
);
CREATE UNIQUE INDEX "EmailApproval_hash_key" ON "EmailApproval"("hash");
CREATE UNIQUE INDEX "EmailApproval_live_key" ON "EmailApproval"("managedId", "version", "domain", "mailbox") WHERE replacedAt IS NULL;
CREATE INDEX "EmailApproval_dueAt_idx" ON "EmailApproval"("dueAt") WHERE dueAt IS NOT NULL;
