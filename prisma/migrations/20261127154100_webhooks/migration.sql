CREATE TABLE "Webhook" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "url" TEXT NOT NULL,
    "shape" TEXT NOT NULL,
    "events" TEXT,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "position" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL,
    "failingSince" DATETIME,
    "retryAt" DATETIME,
    "secretId" TEXT NOT NULL,
    "previousSecretId" TEXT,
    "previousUntil" DATETIME,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL
);
CREATE INDEX "Webhook_accountId_region_id_idx" ON "Webhook"("accountId", "region", "id");

CREATE TABLE "Delivery" (
    "sequence" INTEGER NOT NULL PRIMARY KEY,
    "id" TEXT NOT NULL,
    "webhookId" TEXT NOT NULL,
    "eventId" TEXT,
    "eventName" TEXT,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "dueAt" DATETIME,
    "deadline" DATETIME NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "attempt" TEXT
);
CREATE UNIQUE INDEX "Delivery_id_key" ON "Delivery"("id");
CREATE INDEX "Delivery_webhookId_idx" ON "Delivery"("webhookId");
CREATE INDEX "Delivery_due_idx" ON "Delivery"("webhookId", "dueAt") WHERE dueAt IS NOT NULL;
