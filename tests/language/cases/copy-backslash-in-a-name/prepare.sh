echo x > 'a\b'
