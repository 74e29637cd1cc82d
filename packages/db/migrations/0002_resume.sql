ALTER TABLE "terminals" ALTER COLUMN "native_session_id" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "terminals" ADD COLUMN "resumes" text;