CREATE TABLE "AuditReport" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "authorityId" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "through" INTEGER NOT NULL,
    "attempts" INTEGER NOT NULL,
    "lease" TEXT,
    "rows" INTEGER NOT NULL,
    "total" INTEGER,
    "size" INTEGER,
    "sha256" BLOB,
    "failure" TEXT,
    "createdAt" DATETIME NOT NULL,
    "finishedAt" DATETIME
);
CREATE UNIQUE INDEX "AuditReport_running_key" ON "AuditReport"("authorityId") WHERE status = 'CREATING';
CREATE INDEX "AuditReport_authorityId_id_idx" ON "AuditReport"("authorityId", "id");
CREATE INDEX "AuditReport_createdAt_idx" ON "AuditReport"("createdAt");

ALTER TABLE "Certificate" ADD COLUMN "service" TEXT;
