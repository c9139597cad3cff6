ALTER TABLE "Authority" ADD COLUMN "keyStorageStandard" TEXT;
