CREATE TABLE "AuditArchive" (
    "first" INTEGER NOT NULL PRIMARY KEY,
    "last" INTEGER NOT NULL,
    "before" BLOB NOT NULL,
    "hash" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "keyName" BLOB NOT NULL,
    "signature" BLOB NOT NULL,
    "size" INTEGER NOT NULL,
    "sha256" BLOB NOT NULL
);
CREATE UNIQUE INDEX "AuditArchive_last_key" ON "AuditArchive"("last");
