CREATE TABLE "OutgoingObject" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "authorityId" TEXT NOT NULL,
    "shard" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "reportId" TEXT NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "dueAt" DATETIME NOT NULL
);

CREATE UNIQUE INDEX "OutgoingObject_authorityId_shard_kind_reportId_key" ON "OutgoingObject"("authorityId", "shard", "kind", "reportId");

CREATE INDEX "OutgoingObject_dueAt_idx" ON "OutgoingObject"("dueAt");
