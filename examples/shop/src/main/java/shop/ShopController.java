package shop;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class ShopController {
    private static final int PAGE_SIZE = 100;

    private final Orders orders;
    private final JobClient jobs;

    ShopController(Orders orders, JobClient jobs) {
        this.orders = orders;
        this.jobs = jobs;
    }

    @PostMapping("/orders")
    UUID order(@RequestParam String customer, @RequestParam int cents) {
        return orders.place(customer, cents);
    }

    @GetMapping("/orders/{id}/confirmed")
    boolean isConfirmed(@PathVariable UUID id) {
        return orders.isConfirmed(id);
    }

    @PostMapping("/exports")
    UUID export(@RequestParam(defaultValue = "" + PAGE_SIZE) int pageSize) {
        return jobs.enqueue(NewJob.of(Export.EXPORT, pageSize)).id();
    }

    /** What the user of a job may see of it. */
    @GetMapping("/jobs/{id}")
    ResponseEntity<Map<String, Object>> job(@PathVariable UUID id) {
        return jobs.find(id)
                .map(job -> ResponseEntity.ok(view(job)))
                .orElse(ResponseEntity.notFound().build());
    }

    private Map<String, Object> view(Job job) {
        Map<String, Object> view = new TreeMap<>();
        view.put("status", job.status().text());
        view.put("progress", job.progress().percent());
        if (job.errorMessage() != null) {
            view.put("error", job.errorMessage());
        }
        jobs.resultOf(job, Object.class).ifPresent(result -> view.put("result", result));
        return view;
    }
}
