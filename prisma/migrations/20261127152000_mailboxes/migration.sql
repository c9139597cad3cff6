CREATE TABLE "MailDomain" (
    "domain" TEXT NOT NULL PRIMARY KEY,
    "accountId" TEXT NOT NULL
);

CREATE TABLE "Mailbox" (
    "address" TEXT NOT NULL PRIMARY KEY,
    "domain" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);
CREATE INDEX "Mailbox_accountId_address_idx" ON "Mailbox"("accountId", "address");
CREATE INDEX "Mailbox_domain_idx" ON "Mailbox"("domain");

CREATE TABLE "MailMessage" (
    "sequence" INTEGER NOT NULL PRIMARY KEY,
    "id" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "messageId" TEXT,
    "sender" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "html" TEXT,
    "receivedAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "MailMessage_id_key" ON "MailMessage"("id");
CREATE INDEX "MailMessage_address_sequence_idx" ON "MailMessage"("address", "sequence");

CREATE TABLE "MailFault" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "target" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "remaining" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL
);
CREATE INDEX "MailFault_target_id_idx" ON "MailFault"("target", "id");
