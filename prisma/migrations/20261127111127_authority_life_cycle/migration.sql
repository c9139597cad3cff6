-- Columns are added in place: a redefined table would be copied, and lose what a migration written beside this one adds.
ALTER TABLE "Authority" ADD COLUMN "usageMode" TEXT NOT NULL DEFAULT 'GENERAL_PURPOSE';
ALTER TABLE "Authority" ADD COLUMN "failureReason" TEXT;
ALTER TABLE "Authority" ADD COLUMN "deletedFrom" TEXT;
ALTER TABLE "Authority" ADD COLUMN "restorableUntil" DATETIME;
ALTER TABLE "Authority" ADD COLUMN "csrDer" BLOB;
ALTER TABLE "Authority" ADD COLUMN "externalChain" BLOB;
