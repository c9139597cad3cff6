CREATE TABLE "CertificateEvent" (
    "sequence" INTEGER NOT NULL PRIMARY KEY,
    "id" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "certificateId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "time" DATETIME NOT NULL,
    "detail" TEXT NOT NULL,
    "dedupeKey" TEXT NOT NULL,
    "recordedAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "CertificateEvent_id_key" ON "CertificateEvent"("id");
CREATE UNIQUE INDEX "CertificateEvent_dedupeKey_key" ON "CertificateEvent"("dedupeKey");
CREATE INDEX "CertificateEvent_accountId_region_idx" ON "CertificateEvent"("accountId", "region");
CREATE INDEX "CertificateEvent_certificateId_idx" ON "CertificateEvent"("certificateId");

CREATE TABLE "CertificateNotice" (
    "certificateId" TEXT NOT NULL PRIMARY KEY,
    "version" INTEGER NOT NULL,
    "at" DATETIME NOT NULL
);
CREATE INDEX "CertificateNotice_at_idx" ON "CertificateNotice"("at");
