mkdir d; echo x > d/one; ln d/one d/two; ln d/one outside; mkdir d/e; ln d/one d/e/three
