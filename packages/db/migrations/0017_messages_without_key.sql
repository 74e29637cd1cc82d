ALTER TABLE "messages" DROP CONSTRAINT "messages_terminal_id_terminals_id_fk";
