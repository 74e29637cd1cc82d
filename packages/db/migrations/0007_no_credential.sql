ALTER TABLE "hosts" DROP CONSTRAINT "hosts_credential_hash_unique";--> statement-breakpoint
ALTER TABLE "hosts" DROP COLUMN "credential_hash";