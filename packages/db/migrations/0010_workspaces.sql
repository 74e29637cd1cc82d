ALTER TABLE "hosts" ADD COLUMN "warm" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "terminals" ADD COLUMN "workspace" jsonb;