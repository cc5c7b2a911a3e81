package io.forthwith.studio.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.NewJob;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.film.Storyboard;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The jobs of an episode")
class EpisodeJobsTest {
    @Test
    @DisplayName("are images, videos that run after them, and the film that runs after all of them")
    void graph() throws Exception {
        List<Shot> shots = Storyboard.shipped().shots();

        EpisodeJobs jobs = EpisodeJobs.of("A Day by the Lake", shots, job -> job.user("ada"));

        assertThat(jobs.images())
                .hasSize(4)
                .allSatisfy(image -> assertThat(image.predecessors()).isEmpty());
        for (int i = 0; i < shots.size(); i++) {
            assertThat(jobs.videos().get(i).predecessors())
                    .containsExactly(jobs.images().get(i).id());
        }
        assertThat(jobs.film().isFinisher()).isTrue();
        assertThat(jobs.children())
                .hasSize(9)
                .extracting(NewJob::parentId)
                .containsOnly(jobs.episode().id());
        assertThat(jobs.all())
                .hasSize(10)
                .startsWith(jobs.episode())
                .allSatisfy(job -> assertThat(job.userId()).isEqualTo("ada"));
    }
}
