ALTER TABLE "Certificate" ADD COLUMN "archived" INTEGER;
CREATE TABLE "CertificateArchive" (
    "first" INTEGER NOT NULL PRIMARY KEY,
    "last" INTEGER NOT NULL,
    "before" BLOB NOT NULL,
    "hash" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "keyName" BLOB NOT NULL,
    "signature" BLOB NOT NULL,
    "size" INTEGER NOT NULL,
    "sha256" BLOB NOT NULL,
    "through" INTEGER NOT NULL
);
