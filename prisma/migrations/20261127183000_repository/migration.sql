-- Certificates that authorities had before they got others for their keys.
CREATE TABLE "FormerCertificate" (
    "authorityId" TEXT NOT NULL,
    "serial" BLOB NOT NULL,
    "der" BLOB NOT NULL,

    PRIMARY KEY ("authorityId", "serial")
);

-- What the operator's webhook is still to be told.
CREATE TABLE "AwaitedCrl" (
    "authorityId" TEXT NOT NULL,
    "shard" INTEGER NOT NULL,
    "revocation" INTEGER NOT NULL,
    "withdrawal" INTEGER NOT NULL,

    PRIMARY KEY ("authorityId", "shard")
);

-- What was amiss in the public repository.
CREATE TABLE "RepositoryAlarm" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "subject" TEXT NOT NULL,
    "authorityId" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "since" DATETIME NOT NULL,
    "recoveredAt" DATETIME,
    "told" INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX "RepositoryAlarm_open_key" ON "RepositoryAlarm"("subject") WHERE recoveredAt IS NULL;
CREATE INDEX "RepositoryAlarm_since_idx" ON "RepositoryAlarm"("since");
