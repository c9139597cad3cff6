CREATE TABLE "Bucket" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);
CREATE INDEX "Bucket_accountId_name_idx" ON "Bucket"("accountId", "name");

ALTER TABLE "AuditReport" ADD COLUMN "bucket" TEXT;
