-- DropIndex
DROP INDEX "Key_kekId_kekVersion_idx";

-- CreateIndex
CREATE INDEX "Key_provider_kekId_kekVersion_idx" ON "Key"("provider", "kekId", "kekVersion");
