ALTER TABLE "hosts" ADD COLUMN "limits" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "terminals" ADD COLUMN "providers" text[];--> statement-breakpoint
UPDATE "terminals" SET "providers" = ARRAY["provider"];--> statement-breakpoint
ALTER TABLE "terminals" ALTER COLUMN "providers" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "terminals" ADD COLUMN "failure" jsonb;--> statement-breakpoint
ALTER TABLE "terminals" ADD COLUMN "usage" jsonb;