# composer


