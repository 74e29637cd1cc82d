ALTER TABLE "hosts" ADD COLUMN "public_key" text;--> statement-breakpoint
ALTER TABLE "hosts" ADD COLUMN "instance" text;--> statement-breakpoint
ALTER TABLE "hosts" ADD COLUMN "duplicate_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "hosts" ADD CONSTRAINT "hosts_public_key_unique" UNIQUE("public_key");