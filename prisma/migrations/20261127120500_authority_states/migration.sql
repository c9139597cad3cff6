ALTER TABLE "Authority" ADD COLUMN "lease" TEXT;
ALTER TABLE "Authority" ADD COLUMN "purgedAt" DATETIME;

-- An index only: the table isn't redefined. Names of deleted authorities, and of those that never came to be, are free.
DROP INDEX "Authority_accountId_region_name_key";
CREATE UNIQUE INDEX "Authority_accountId_region_name_key" ON "Authority"("accountId", "region", "name") WHERE status NOT IN ('DELETED', 'FAILED');
