CREATE TABLE "Zone" (
    "apex" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);
CREATE INDEX "Zone_accountId_idx" ON "Zone"("accountId");

CREATE TABLE "ZoneRecordSet" (
    "apex" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "perspective" TEXT NOT NULL,
    "ttl" INTEGER NOT NULL,
    "data" TEXT NOT NULL,

    PRIMARY KEY ("apex", "path", "type", "perspective")
);

CREATE TABLE "DnsFault" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "below" BOOLEAN NOT NULL,
    "type" TEXT,
    "kind" TEXT NOT NULL,
    "milliseconds" INTEGER,
    "remaining" INTEGER,
    "perspective" TEXT,
    "createdAt" DATETIME NOT NULL
);
