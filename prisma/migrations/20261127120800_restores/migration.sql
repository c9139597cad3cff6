-- CreateTable
CREATE TABLE "Restore" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "backupAt" DATETIME NOT NULL,
    "restoredAt" DATETIME NOT NULL,
    "auditId" INTEGER NOT NULL,
    "auditHash" BLOB NOT NULL,
    "acknowledgedAt" DATETIME
);
