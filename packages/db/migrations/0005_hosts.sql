ALTER TABLE "hosts" ADD COLUMN "mode" text DEFAULT 'open' NOT NULL;--> statement-breakpoint
ALTER TABLE "hosts" ADD COLUMN "mode_note" text;--> statement-breakpoint
ALTER TABLE "hosts" ADD COLUMN "mode_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "hosts" ADD COLUMN "drain" text;--> statement-breakpoint
ALTER TABLE "hosts" ADD COLUMN "removed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "terminals" ADD COLUMN "wish_cwd" text;--> statement-breakpoint
ALTER TABLE "terminals" ADD COLUMN "moved_because" text;