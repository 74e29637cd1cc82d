ALTER TABLE "hosts" ADD COLUMN "health" jsonb;--> statement-breakpoint
ALTER TABLE "terminals" ADD COLUMN "wish_apart" boolean DEFAULT false NOT NULL;