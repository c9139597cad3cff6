-- CreateTable
CREATE TABLE "OcspResponder" (
    "authorityId" TEXT NOT NULL PRIMARY KEY,
    "serial" BLOB NOT NULL,
    "keyId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);
