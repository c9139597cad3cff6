-- CreateTable
CREATE TABLE "RateCounter" (
    "limit" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "window" INTEGER NOT NULL,
    "hits" INTEGER NOT NULL,
    "endsAt" DATETIME NOT NULL,

    PRIMARY KEY ("limit", "key", "window")
);

-- CreateIndex
CREATE INDEX "RateCounter_endsAt_idx" ON "RateCounter"("endsAt");
