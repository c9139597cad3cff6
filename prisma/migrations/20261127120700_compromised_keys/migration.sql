-- Certificates are found by their key; what was issued before gets its hash from a job, a page at a time.
ALTER TABLE "Certificate" ADD COLUMN "keyHash" BIGINT;
CREATE INDEX "Certificate_keyHash_idx" ON "Certificate"("keyHash");

CREATE TABLE "CompromisedKey" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "spkiSha256" BLOB NOT NULL,
    "accountId" TEXT NOT NULL,
    "everywhere" BOOLEAN NOT NULL,
    "source" TEXT NOT NULL,
    "note" TEXT,
    "markedBy" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "settledAt" DATETIME
);
CREATE UNIQUE INDEX "CompromisedKey_spkiSha256_accountId_key" ON "CompromisedKey"("spkiSha256", "accountId");
CREATE INDEX "CompromisedKey_accountId_idx" ON "CompromisedKey"("accountId");
CREATE INDEX "CompromisedKey_unsettled_idx" ON "CompromisedKey"("settledAt") WHERE settledAt IS NULL;
