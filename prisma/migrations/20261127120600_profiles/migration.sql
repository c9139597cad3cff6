-- Which profiles an authority issues under: JSON list of names; NULL: any.
ALTER TABLE "Authority" ADD COLUMN "allowedProfiles" TEXT;

CREATE TABLE "Profile" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "authorityId" TEXT,
    "rules" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL
);

CREATE UNIQUE INDEX "Profile_accountId_region_name_key" ON "Profile"("accountId", "region", "name");
